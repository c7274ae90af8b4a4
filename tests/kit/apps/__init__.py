"""Four Flask applications that have nothing in common. Each has six faults that can be put in; the
line of a fault, or of the work that it spoils, ends with a comment `# fault: name`."""
