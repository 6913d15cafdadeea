"""Memory as a guest sees it: paging, segmentation, and the allocation of variable partitions."""
