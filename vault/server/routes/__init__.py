"""One blueprint for each resource of the service (docs/PROTOCOL.md)."""

from vault.server.routes import commits, containers, history, info, logins, slots, vaults

BLUEPRINTS = (
    vaults.blueprint,
    logins.blueprint,
    slots.blueprint,
    commits.blueprint,
    containers.blueprint,
    history.blueprint,
    info.blueprint,
)
