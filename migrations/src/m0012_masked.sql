-- How far a workflow's ended runs were gone through to erase its masked fields. masks: a fingerprint of the fields, another one begins
-- anew. after_id: ids up to it have been seen.
CREATE TABLE mask_walk (
    workflow_id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    masks BIGINT NOT NULL,
    after_id BIGINT NOT NULL
);

-- Runs that had not ended when they were passed.
CREATE TABLE mask_open (
    run_id BIGINT PRIMARY KEY,
    workflow_id BIGINT NOT NULL
);
CREATE INDEX mask_open_by_workflow ON mask_open (workflow_id, run_id)
