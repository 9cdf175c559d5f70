"""The demo world as JSON, for people and programs that try things out."""

from hirewire.kit.node_ids import NodeIds
from hirewire.sandbox.demo import PASSWORD, DemoApp, DemoEmployer, DemoPerson, DemoWorld


def demo_document(world: DemoWorld, base_url: str, node_ids: NodeIds) -> dict[str, object]:
    """Spell *world*: where it is, and everything that is needed to act in it."""
    return {
        "base_url": base_url,
        "apps": [_app(app) for app in world.apps],
        "people": [_person(person) for person in world.people],
        "employers": [_employer(employer) for employer in world.employers],
        "interviews": [
            {"id": node_ids.mint("VirtualInterviewEvent", each.id), "title": each.title}
            for each in world.interviews
        ],
        "conversations": [
            {"id": node_ids.mint("Conversation", each.id), "employer": each.employer.id.hex}
            for each in world.conversations
        ],
    }


def _app(app: DemoApp) -> dict[str, object]:
    return {
        "name": app.terms.name,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "signing_key": app.signing_key,
        "grants": sorted(app.terms.grant_types),
        "redirect_uris": list(app.terms.redirect_uris),
        "trusted_domains": list(app.terms.trusted_domains),
        "employers": [employer.id.hex for employer in app.employers],
    }


def _person(person: DemoPerson) -> dict[str, object]:
    return {
        "name": person.name,
        "email": person.email,
        "password": PASSWORD,
        "employers": [employer.id.hex for employer, _ in person.roles],
    }


def _employer(employer: DemoEmployer) -> dict[str, object]:
    return {
        "id": employer.id.hex,
        "legacy_id": employer.terms.legacy_id,
        "name": employer.terms.name,
        "country": employer.terms.country,
        "currency": employer.terms.currency,
    }
