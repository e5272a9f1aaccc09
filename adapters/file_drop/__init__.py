"""Files, in folders or over SFTP."""
