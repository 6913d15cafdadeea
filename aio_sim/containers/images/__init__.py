"""Images of containers: layers, the registry that has them, a node's cache, files written."""
