from django.urls import path

from audits.web.views import auditors, destinations, erasure, evidence, exports, log, log_page, rechecks, trail

urlpatterns = [
    path("rulebooks/rechecks/<int:pk>/", rechecks.recheck, name="recheck"),
    path("trail/", trail.trail, name="trail"),
    path("trail/log/", log_page.log_page, name="trail_log"),
    path("trail/log/auditors/add/", auditors.add, name="auditor_add"),
    path("trail/log/auditors/<int:pk>/remove/", auditors.remove, name="auditor_remove"),
    path("trail/export/", exports.take, name="trail_export"),
    path("trail/evidence/", evidence.choose, name="evidence"),
    path("trail/evidence/take/", evidence.take, name="evidence_take"),
    path("settings/destinations/", destinations.destinations, name="settings_destinations"),
    path("settings/destinations/create/", destinations.create, name="destination_create"),
    path("settings/destinations/<int:pk>/", destinations.destination, name="settings_destination"),
    path("settings/destinations/<int:pk>/change/", destinations.change, name="destination_change"),
    path("settings/destinations/<int:pk>/switch/", destinations.switch, name="destination_switch"),
    path("settings/destinations/<int:pk>/replay/", destinations.replay, name="destination_replay"),
    path("settings/destinations/<int:pk>/remove/", destinations.remove, name="destination_remove"),
    path("verify/", evidence.check, name="verify"),
    path("trail/<int:pk>/", trail.entry, name="trail_entry"),
    path("trail/erasure/", erasure.person, name="erasure"),
    path("trail/<int:pk>/erasure/", erasure.entry, name="entry_erasure"),
    path("trail/<int:pk>/leaf/", trail.leaf, name="trail_leaf"),
    path("trail/<int:pk>/proof/", trail.proof, name="trail_proof"),
    path("log/<slug:log>/key", log.key, name="log_key"),
    path("log/<slug:log>/checkpoint", log.checkpoint, name="log_checkpoint"),
    path("log/<slug:log>/checkpoint/<int:size>", log.checkpoint_at, name="log_checkpoint_at"),
    path("log/<slug:log>/timestamp/<int:size>", log.timestamp, name="log_timestamp"),
    path("log/<slug:log>/cosignature", auditors.cosignature, name="log_cosignature"),
    path("log/<slug:log>/tile/<path:asked>", log.tile, name="log_tile"),
]
