-- Where a trigger that looks at a list stands. seq: another one with every change, a look is committed only on the one it began with.
-- fingerprint: of what makes the list: connector, trigger, connection, form. cursor: where the next look begins. is_whole: of a list
-- without a cursor, every look so far read it to its end. waiting: new items that wait for a person's word. left_out: items that could
-- not be read, all in all.
CREATE TABLE poll (
    workflow_id BIGINT NOT NULL,
    trigger_id TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    phase TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    connection_id BIGINT,
    cursor TEXT,
    is_whole BIGINT NOT NULL,
    last_at BIGINT,
    next_at BIGINT,
    found BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    left_out BIGINT NOT NULL,
    left_out_why TEXT,
    error_class TEXT,
    error_code TEXT,
    error_message TEXT,
    failures BIGINT NOT NULL,
    note TEXT,
    note_at BIGINT,
    PRIMARY KEY (workflow_id, trigger_id)
);
CREATE INDEX poll_by_connection ON poll (connection_id);
