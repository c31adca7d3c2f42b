"""The addresses of the management API, in the order in which the document shows them."""

from profiles.api.kit.operation import resource
from profiles.api.v1.management import (
    activations,
    attestations,
    draft,
    organizations,
    products,
    reviews,
    rulebooks,
    simulation,
    versions,
)

urlpatterns = [
    resource("organizations", "api_organizations", organizations.list_organizations),
    resource("organizations/<slug:slug>", "api_organization", organizations.get_organization),
    resource("products", "api_products", products.list_products, products.create),
    resource("products/<slug:slug>", "api_product", products.get_product, products.change),
    resource("products/<slug:slug>/draft", "api_draft", draft.get_draft, draft.change_draft),
    resource("products/<slug:slug>/draft/edits", "api_draft_edits", draft.list_edits),
    resource("products/<slug:slug>/draft/simulate", "api_draft_simulate", simulation.simulate_draft),
    resource("products/<slug:slug>/versions", "api_versions", versions.list_versions, versions.submit),
    resource("products/<slug:slug>/versions/<int:number>", "api_version", versions.get_version),
    resource("products/<slug:slug>/versions/<int:number>/reviews", "api_reviews", reviews.list_reviews, reviews.create),
    resource("products/<slug:slug>/activations", "api_activations", activations.list_activations, activations.create),
    resource("products/<slug:slug>/schedules", "api_schedules", activations.list_schedules),
    resource("rulebooks", "api_rulebooks", rulebooks.list_rulebooks),
    resource("rulebooks/<slug:platform>/<slug:revision>", "api_rulebook", rulebooks.get_rulebook),
    resource("attestations", "api_attestations", attestations.list_attestations, attestations.create),
    resource("attestations/<int:pk>", "api_attestation", attestations.get_attestation),
]
