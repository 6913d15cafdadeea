"""Manifests written into files, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario.manifests.importing import Imported, from_compose, from_manifests

FILES = Path(__file__).parent / "files"

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: {name}
          image: {name}:1
          resources: {resources}
"""

SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {app}}}}}
"""

AUTOSCALER = """
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: {name}}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: {kind}, name: {name}}}
  minReplicas: 1
  maxReplicas: 5
"""


def deployment(
    name: str = "web", replicas: object = 2, resources: str = "{requests: {cpu: 100m}}"
) -> str:
    """Return a small Deployment."""
    return DEPLOYMENT.format(name=name, replicas=replicas, resources=resources)


def service(name: str = "web", app: str = "web") -> str:
    """Return a Service, which is one more document."""
    return SERVICE.format(name=name, app=app)


def autoscaler(name: str = "web", kind: str = "Deployment") -> str:
    """Return an autoscaler, which is one more document."""
    return AUTOSCALER.format(name=name, kind=kind)


def manifest(folder: Path, text: str, **options: object) -> Imported:
    """Return what becomes of a manifest."""
    return from_manifests([_written(folder, text)], **options)  # type: ignore[arg-type]


def compose(folder: Path, text: str, **options: object) -> Imported:
    """Return what becomes of a compose file."""
    return from_compose(_written(folder, text), **options)  # type: ignore[arg-type]


def manifest_error(folder: Path, text: str) -> str:
    """Return what is said of a manifest that cannot be; its folder left out."""
    with pytest.raises(ScenarioError) as caught:
        manifest(folder, text)
    return _told(caught.value, folder)


def compose_error(folder: Path, text: str) -> str:
    """Return what is said of a compose file that cannot be; its folder left out."""
    with pytest.raises(ScenarioError) as caught:
        compose(folder, text)
    return _told(caught.value, folder)


def _told(error: ScenarioError, folder: Path) -> str:
    assert error.exit_code == 2
    return str(error).replace(f"{folder}/", "")


def _written(folder: Path, text: str) -> Path:
    path = folder / "app.yaml"
    path.write_text(text, encoding="utf-8")
    return path
