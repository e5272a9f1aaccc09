"""Release 3.2 of iJw."""
