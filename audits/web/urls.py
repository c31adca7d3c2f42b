from django.urls import path

from audits.web.views import evidence, log, rechecks, searches, trail

urlpatterns = [
    path("rulebooks/rechecks/<int:pk>/", rechecks.recheck, name="recheck"),
    path("trail/", trail.trail, name="trail"),
    path("trail/searches/save/", searches.save, name="search_save"),
    path("trail/searches/<int:pk>/change/", searches.change, name="search_change"),
    path("trail/searches/<int:pk>/remove/", searches.remove, name="search_remove"),
    path("trail/evidence/", evidence.export, name="evidence_export"),
    path("verify/", evidence.check, name="verify"),
    path("trail/<int:pk>/", trail.entry, name="trail_entry"),
    path("trail/<int:pk>/leaf/", trail.leaf, name="trail_leaf"),
    path("trail/<int:pk>/proof/", trail.proof, name="trail_proof"),
    path("log/<slug:log>/key", log.key, name="log_key"),
    path("log/<slug:log>/checkpoint", log.checkpoint, name="log_checkpoint"),
    path("log/<slug:log>/tile/<path:asked>", log.tile, name="log_tile"),
]
