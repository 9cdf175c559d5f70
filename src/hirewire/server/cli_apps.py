"""The command line of apps: `hirewire apps`."""

import os
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from hirewire.server import app_chores, chores
from hirewire.server.settings import Settings

apps = typer.Typer(help="Apps: the OAuth clients.", no_args_is_help=True)

ClientId: TypeAlias = Annotated[str, typer.Argument(help="The app's client id.")]
Texts: TypeAlias = list[str] | None
Grant: TypeAlias = Annotated[
    Texts, typer.Option(help="A grant type that it may use; repeatable.")
]
Scope: TypeAlias = Annotated[
    Texts, typer.Option(help="A scope that it may ask for; repeatable.")
]
RedirectUri: TypeAlias = Annotated[
    Texts, typer.Option(help="An exact redirect URI; repeatable, up to 5.")
]
TrustedDomain: TypeAlias = Annotated[
    Texts, typer.Option(help="A web origin to trust; repeatable.")
]
Public: TypeAlias = Annotated[
    bool | None,
    typer.Option("--public/--confidential", help="Whether it can keep no secret."),
]
Profile: TypeAlias = Annotated[
    str | None, typer.Option(help="How refusals are worded: documented or rfc.")
]
Rotate: TypeAlias = Annotated[
    bool | None,
    typer.Option("--rotate/--no-rotate", help="Whether a refresh token is good once."),
]
RequirePar: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--require-par/--no-require-par",
        help="Whether authorization requests have to be pushed.",
    ),
]
RequireDpop: TypeAlias = Annotated[
    bool | None,
    typer.Option("--require-dpop/--no-require-dpop", help="Whether tokens are bound to a key."),
]
Jwks: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="A file with the public keys that it signs assertions with."),
]


@apps.command("create")
def create_app(
    name: Annotated[str, typer.Argument(help="What people will know it by.")],
    *,
    owner: Annotated[str, typer.Option(help="The id of the employer that owns it.")],
    grant: Grant = None,
    scope: Scope = None,
    redirect_uri: RedirectUri = None,
    trusted_domain: TrustedDomain = None,
    public: Public = None,
    error_profile: Profile = None,
    rotate: Rotate = None,
    require_par: RequirePar = None,
    require_dpop: RequireDpop = None,
    jwks: Jwks = None,
) -> None:
    """
    Register an app; its secret is shown now and never again.

    Without --grant it may use client_credentials, or authorization_code and refresh_token
    where it is public.
    """
    usual = ["authorization_code", "refresh_token"] if public else ["client_credentials"]
    wishes = app_chores.Wishes(
        name=name,
        grants=tuple(grant or usual),
        scopes=_typed(scope),
        redirect_uris=_typed(redirect_uri),
        trusted_domains=_typed(trusted_domain),
        is_public=public,
        error_profile=error_profile,
        rotates_refresh_tokens=rotate,
        requires_pushed_requests=require_par,
        requires_dpop=require_dpop,
        jwks=jwks,
    )
    _run(app_chores.AppWish(owner=owner, wishes=wishes).register)


@apps.command("list")
def list_apps() -> None:
    """List every app."""
    _run(app_chores.list_apps)


@apps.command("show")
def show_app(client_id: ClientId) -> None:
    """Show an app's terms, and the ids of its secrets."""
    _run(app_chores.ShownApp(client_id).show)


@apps.command("change")
def change_app(
    client_id: ClientId,
    *,
    name: Annotated[str | None, typer.Option(help="What people will know it by.")] = None,
    grant: Grant = None,
    scope: Scope = None,
    redirect_uri: RedirectUri = None,
    trusted_domain: TrustedDomain = None,
    public: Public = None,
    error_profile: Profile = None,
    rotate: Rotate = None,
    require_par: RequirePar = None,
    require_dpop: RequireDpop = None,
    jwks: Jwks = None,
    clear: Annotated[
        Texts,
        typer.Option(
            help="Leave it none of its grants, scopes, redirect-uris, trusted-domains or "
            "jwks; repeatable."
        ),
    ] = None,
) -> None:
    """
    Change an app's terms; what is not named stays.

    A repeatable option replaces all that there was. An app without grant types is switched
    off: it gets no tokens, and those that it has expire within the hour.
    """
    wishes = app_chores.Wishes(
        name=name,
        grants=_typed(grant),
        scopes=_typed(scope),
        redirect_uris=_typed(redirect_uri),
        trusted_domains=_typed(trusted_domain),
        is_public=public,
        error_profile=error_profile,
        rotates_refresh_tokens=rotate,
        requires_pushed_requests=require_par,
        requires_dpop=require_dpop,
        jwks=jwks,
        emptied=tuple(clear or ()),
    )
    _run(app_chores.AppChange(client_id=client_id, wishes=wishes).do)


@apps.command("add-secret")
def add_secret(client_id: ClientId) -> None:
    """Give an app one secret more, shown now and never again."""
    _run(app_chores.SecretRotation(client_id=client_id, remove_others=False).do)


@apps.command("remove-secret")
def remove_secret(
    client_id: ClientId,
    secret_id: Annotated[str, typer.Argument(help="The secret's id, as `show` has it.")],
) -> None:
    """Let one of an app's secrets open nothing any more."""
    _run(app_chores.SecretRemoval(client_id=client_id, secret_id=secret_id).do)


@apps.command("rotate-secret")
def rotate_secret(
    client_id: ClientId,
    *,
    remove_others: Annotated[
        bool, typer.Option(help="Let the other secrets open nothing any more.")
    ] = False,
) -> None:
    """Give an app a new secret, shown now and never again."""
    _run(app_chores.SecretRotation(client_id=client_id, remove_others=remove_others).do)


def _typed(texts: Texts) -> tuple[str, ...] | None:
    return tuple(texts) if texts else None


def _run(chore: chores.Chore) -> None:
    chores.run(Settings.from_env(os.environ), chore)
