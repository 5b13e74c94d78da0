"""The alert rules and the dashboard: promtool reads every expression, and plays a sound instance and a sick one."""

import json

from check import run, tool


def checks(root, _):
    rules = root / "packaging/prometheus/alerts.yml"
    dashboard = root / "packaging/grafana/deskbell.json"

    def check(_):
        run(tool("promtool"), "check", "rules", rules)

    def play(_):
        run(tool("promtool"), "test", "rules", root / "packaging/prometheus/alerts_test.yml")

    def every_alert_is_played(_):
        names = {line.split()[-1] for line in rules.read_text().splitlines() if line.strip().startswith("- alert:")}
        test = (root / "packaging/prometheus/alerts_test.yml").read_text()
        unplayed = {name for name in names if f'alertname="{name}"' not in test or f"alertname: {name} " not in test}
        assert names and not unplayed, unplayed

    def panels(folder):
        expressions = [target["expr"] for panel in json.loads(dashboard.read_text())["panels"] for target in panel["targets"]]
        plain = [text.replace("$__rate_interval", "5m").replace("$instance", ".*") for text in expressions]
        recorded = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(plain)]
        # JSON is YAML.
        (folder / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": recorded}]}))
        said = run(tool("promtool"), "check", "rules", folder / "panels.yml")
        assert f"{len(expressions)} rules found" in said, said

    yield "alerts: promtool reads the rules", check
    yield "alerts: a sound instance fires none, a sick one all", play
    yield "alerts: each of them is played", every_alert_is_played
    yield "dashboard: promtool reads the expression of every panel", panels
