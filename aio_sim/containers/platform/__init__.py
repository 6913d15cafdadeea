"""A platform for containers, Kubernetes in kind: deploys, schedules, scales, heals."""
