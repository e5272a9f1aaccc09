"""Writes the dashboards anew."""

from monitoring.dashboards.everything import write

if __name__ == "__main__":
    write()
