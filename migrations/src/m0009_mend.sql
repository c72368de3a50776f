-- What a run is a replay of: whether a failed run was replayed since.
CREATE INDEX run_by_origin ON run (of_run, id) WHERE of_run IS NOT NULL;
