# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
KUSTOMIZATIONS = sorted(path.parent for path in (ROOT / "k8s").rglob("kustomization.yaml"))


def tool(name: str) -> str:
    """The path of a command that the test environment brings."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"not installed: {name}")
    return found


@pytest.fixture(params=KUSTOMIZATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def rendered(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    done = subprocess.run(
        [tool("kubectl"), "kustomize", str(request.param)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    manifest = tmp_path / "rendered.yaml"
    manifest.write_text(done.stdout)
    return manifest


def one(manifest: Path, kind: str) -> dict[str, Any]:
    found = [document for document in yaml.safe_load_all(manifest.read_text()) if document["kind"] == kind]
    assert len(found) == 1
    return dict(found[0])


def test_kubernetes_accepts_the_schema(rendered: Path) -> None:
    done = subprocess.run(
        [tool("kubernetes-validate"), "--strict", str(rendered)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not found" not in done.stdout + done.stderr


def test_pods_satisfy_the_restricted_security_standard(rendered: Path) -> None:
    pod = one(rendered, "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["readOnlyRootFilesystem"] is True


def test_probes_ask_what_each_is_for(rendered: Path) -> None:
    container = one(rendered, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    paths = {
        probe: container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {"startupProbe": "/readyz", "livenessProbe": "/livez", "readinessProbe": "/readyz"}


def test_service_reaches_the_pods(rendered: Path) -> None:
    deployment, service = one(rendered, "Deployment"), one(rendered, "Service")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    names = {port["name"] for port in deployment["spec"]["template"]["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= names


def test_base_runs_two_replicas() -> None:
    deployment = yaml.safe_load((ROOT / "k8s/base/deployment.yaml").read_text())
    assert deployment["spec"]["replicas"] == 2


def test_compose_file_is_valid() -> None:
    subprocess.run(
        [tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(ROOT / "service/compose.yaml")],
        check=True,
    )


def test_workflows_are_valid() -> None:
    workflows = [str(path) for path in (ROOT / ".github/workflows").glob("*.yml")]
    assert workflows
    subprocess.run([tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *workflows], check=True)


def test_workflows_have_no_known_weakness() -> None:
    subprocess.run([tool("zizmor"), "--offline", "--no-progress", str(ROOT / ".github/workflows")], check=True)


def test_dockerfile_has_no_known_mistake() -> None:
    # Versions of Debian's packages are the release's to choose.
    subprocess.run([tool("hadolint"), "--ignore", "DL3008", str(ROOT / "service/Dockerfile")], check=True)
