from audits.api.v1 import (
    alarms,
    budget_limits,
    checks,
    commitments,
    comparisons,
    endpoints,
    evidence,
    log,
    runs,
    schedule_changes,
    schedules,
    suites,
    trail,
)
from profiles.api.kit.operation import resource
from profiles.api.kit.public import describe

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
    resource("alarms", "api_alarms", alarms.list_alarms),
    resource("alarms/<int:pk>", "api_alarm", alarms.get_alarm),
    resource("alarms/<int:pk>/acknowledgement", "api_alarm_acknowledgement", alarms.acknowledge),
    resource("alarms/<int:pk>/tightening", "api_alarm_tightening", alarms.tighten),
    resource("run-schedules", "api_run_schedules", schedules.list_schedules, schedule_changes.create_schedule),
    resource(
        "run-schedules/<int:pk>", "api_run_schedule", schedule_changes.get_schedule, schedule_changes.change_schedule
    ),
    resource("budget", "api_budget", schedules.get_budget),
    resource("budget/limits", "api_budget_limits", budget_limits.get_limits, budget_limits.change_limits),
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
# Their addresses stand beside the page's.
describe(commitments.DATA, commitments.BADGE)
