"""The standard iJw as code and data: structure, reading and writing, rules. Pure: no I/O beyond its own files."""
