"""What every test may use stands in config/tests/plugin.py."""

pytest_plugins = ["config.tests.plugin"]
