"""The section `platform` of a scenario: nodes, deployments, services, and what scales them."""
