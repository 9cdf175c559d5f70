# hirewire as a container: its libraries by their hashes, and nothing but Python beside them.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/run.lock requirements/run.lock
RUN python -m venv /opt/hirewire \
    && /opt/hirewire/bin/pip install --no-cache-dir --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/hirewire/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --home-dir /var/lib/hirewire --create-home hirewire
COPY --from=build /opt/hirewire /opt/hirewire
USER hirewire
WORKDIR /var/lib/hirewire
ENV PATH=/opt/hirewire/bin:$PATH HIREWIRE_HOST=0.0.0.0 HIREWIRE_PORT=8000
EXPOSE 8000
ENTRYPOINT ["hirewire"]
CMD ["serve"]
