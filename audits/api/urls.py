from audits.api.v1 import runs, trail
from profiles.api.kit.operation import resource

urlpatterns = [
    resource("trail", "api_trail", trail.list_entries),
    resource("trail/<int:pk>", "api_trail_entry", trail.get_entry),
    resource("runs", "api_runs", runs.list_runs),
    resource("runs/<int:pk>", "api_run", runs.get_run),
    resource("findings", "api_findings", runs.list_findings),
]
