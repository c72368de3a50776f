-- The rows of a table that is run, apart from what was asked for: one line of JSON each. Absent: there are none, or they are no longer needed.
ALTER TABLE bulk ADD COLUMN rows BYTEA;
