"""Virtual machines: the VMM, memory, context switching, disk images and migration."""
