"""The hub on Apache Kafka and PostgreSQL: the same core, in as many processes as are needed."""
