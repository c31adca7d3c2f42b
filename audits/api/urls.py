from audits.api.v1 import evidence, log, runs, trail
from profiles.api.kit.operation import resource

urlpatterns = [
    resource("trail", "api_trail", trail.list_entries),
    resource("trail/export", "api_trail_export", trail.export_entries),
    resource("trail/<int:pk>", "api_trail_entry", trail.get_entry),
    resource("log", "api_log", log.get_log),
    resource("checkpoints", "api_checkpoints", evidence.list_checkpoints),
    resource("evidence", "api_evidence", evidence.take_evidence),
    resource("runs", "api_runs", runs.list_runs),
    resource("runs/<int:pk>", "api_run", runs.get_run),
    resource("findings", "api_findings", runs.list_findings),
]
