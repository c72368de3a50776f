-- What happened in a stretch of time: `width` milliseconds from `bucket_at` (a minute, a quarter of an hour, an hour, a day of UTC), of a
-- workflow, or of the workspace as a whole (workflow_id 0). Runs count in the stretch they ended in, calls in the one they were made in.
-- Rows carry the node, so that no two processes write the same one, and readers sum. recovered: failed runs a replay has carried through.
-- spread: how long runs took and waited, parts: steps and connections, both in the store's own binary form.
CREATE TABLE tally (
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    width BIGINT NOT NULL,
    bucket_at BIGINT NOT NULL,
    node BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    filtered BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    recovered BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    spread BYTEA,
    parts BYTEA,
    PRIMARY KEY (workspace_id, workflow_id, width, bucket_at, node)
) /* clustered */;
CREATE INDEX tally_by_age ON tally (width, bucket_at);

-- What a flush adds to a minute of a workflow. It is gathered into `tally` a little later, so that a flush only ever appends.
CREATE TABLE tally_new (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    filtered BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    recovered BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    spread BYTEA,
    parts BYTEA
);

-- What the roll-ups before these knew. Their distributions were not kept.
INSERT INTO tally (workspace_id, workflow_id, width, bucket_at, node, succeeded, failed, filtered, cancelled, recovered, retries, duration_ms)
    SELECT workspace_id, workflow_id, width, bucket_at, node, succeeded, failed, filtered, cancelled, 0, 0, duration_ms
    FROM rollup WHERE width IN (60000, 900000);
INSERT INTO tally (workspace_id, workflow_id, width, bucket_at, node, succeeded, failed, filtered, cancelled, recovered, retries, duration_ms)
    SELECT workspace_id, 0, width, bucket_at, node, CAST(SUM(succeeded) AS BIGINT), CAST(SUM(failed) AS BIGINT), CAST(SUM(filtered) AS BIGINT), CAST(SUM(cancelled) AS BIGINT), 0, 0, CAST(SUM(duration_ms) AS BIGINT)
    FROM rollup WHERE width IN (60000, 900000) GROUP BY workspace_id, width, bucket_at, node;
INSERT INTO tally (workspace_id, workflow_id, width, bucket_at, node, succeeded, failed, filtered, cancelled, recovered, retries, duration_ms)
    SELECT workspace_id, workflow_id, 3600000, bucket_at - bucket_at % 3600000, node, CAST(SUM(succeeded) AS BIGINT), CAST(SUM(failed) AS BIGINT), CAST(SUM(filtered) AS BIGINT), CAST(SUM(cancelled) AS BIGINT), 0, 0, CAST(SUM(duration_ms) AS BIGINT)
    FROM tally WHERE width = 900000 GROUP BY workspace_id, workflow_id, bucket_at - bucket_at % 3600000, node;
INSERT INTO tally (workspace_id, workflow_id, width, bucket_at, node, succeeded, failed, filtered, cancelled, recovered, retries, duration_ms)
    SELECT workspace_id, workflow_id, 86400000, bucket_at - bucket_at % 86400000, node, CAST(SUM(succeeded) AS BIGINT), CAST(SUM(failed) AS BIGINT), CAST(SUM(filtered) AS BIGINT), CAST(SUM(cancelled) AS BIGINT), 0, 0, CAST(SUM(duration_ms) AS BIGINT)
    FROM tally WHERE width = 3600000 GROUP BY workspace_id, workflow_id, bucket_at - bucket_at % 86400000, node;

-- recovered_at: when a replay first carried through what this run had failed at.
ALTER TABLE run ADD COLUMN recovered_at BIGINT;

-- For the filters of the list, so that what is rare is found among millions. run_slow: the search names the same condition.
CREATE INDEX run_by_error ON run (workspace_id, error_class, id) WHERE error_class IS NOT NULL;
CREATE INDEX run_by_version ON run (workflow_id, version, id);
CREATE INDEX run_by_trigger ON run (workflow_id, trigger_id, id);
CREATE INDEX run_held ON run (workspace_id, hold) WHERE hold IS NOT NULL;
CREATE INDEX run_slow ON run (workspace_id, id) WHERE finished_at - COALESCE(started_at, created_at) >= 10000
