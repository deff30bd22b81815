#!/bin/sh
# Makes Temporal's two databases and brings their tables to this version. Run it again to upgrade them;
# otherwise that changes nothing. SQL_* variables configure temporal-sql-tool.
set -eu
for database in temporal temporal_visibility; do
  folder=temporal
  if [ "$database" = temporal_visibility ]; then folder=visibility; fi
  # The tool cannot say whether a database exists. If it has a schema, its version table is found.
  if ! temporal-sql-tool --db "$database" update-schema -d "$SCHEMA/$folder/versioned"; then
    echo "$database has no schema yet (the error above says so); making it"
    temporal-sql-tool --db "$database" create
    temporal-sql-tool --db "$database" setup-schema -v 0.0
    temporal-sql-tool --db "$database" update-schema -d "$SCHEMA/$folder/versioned"
  fi
done
