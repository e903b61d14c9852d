"""One blueprint for each resource of the service (docs/PROTOCOL.md)."""

from vault.server.routes import audit, changes, commits, containers, erasures, info, logins, slots, vaults

BLUEPRINTS = (
    vaults.blueprint,
    logins.blueprint,
    slots.blueprint,
    commits.blueprint,
    containers.blueprint,
    changes.blueprint,
    erasures.blueprint,
    audit.blueprint,
    info.blueprint,
)
