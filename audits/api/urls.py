from audits.api.v1 import checks, comparisons, endpoints, evidence, log, runs, schedules, suites, trail
from profiles.api.kit.operation import resource

urlpatterns = [
    resource("trail", "api_trail", trail.list_entries),
    resource("trail/export", "api_trail_export", trail.export_entries),
    resource("trail/<int:pk>", "api_trail_entry", trail.get_entry),
    resource("log", "api_log", log.get_log),
    resource("checkpoints", "api_checkpoints", evidence.list_checkpoints),
    resource("evidence", "api_evidence", evidence.take_evidence),
    resource("checks", "api_checks", checks.list_checks),
    resource("checks/current", "api_checks_current", checks.list_current),
    resource("checks/<int:pk>", "api_check", checks.get_check),
    resource("endpoints", "api_endpoints", endpoints.list_endpoints),
    resource("run-schedules", "api_run_schedules", schedules.list_schedules),
    resource("budget", "api_budget", schedules.get_budget),
    resource("suites", "api_suites", suites.list_suites, suites.take_suite),
    resource("suites/<int:pk>", "api_suite", suites.get_suite),
    resource("suites/<int:pk>/file", "api_suite_file", suites.get_file),
    resource("protocols", "api_protocols", runs.list_protocols, runs.fix_protocol),
    resource("protocols/<int:pk>", "api_protocol", runs.get_protocol),
    resource("runs", "api_runs", runs.list_runs, runs.request_run),
    resource("runs/<int:pk>", "api_run", runs.get_run, runs.cancel_run),
    resource("runs/<int:pk>/comparison", "api_run_comparison", comparisons.compare_runs),
    resource("findings", "api_findings", runs.list_findings),
]
