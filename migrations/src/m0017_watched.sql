-- Connections whose rate budget makes runs wait: since when without a break, and when that was seen last.
CREATE TABLE throttled (
    connection_id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX throttled_by_workspace ON throttled (workspace_id);

-- Hosts whose certificates are refused, with the calls that met them. checked_at: when the host was last asked for its certificate.
CREATE TABLE untrusted (
    workspace_id BIGINT NOT NULL,
    host TEXT NOT NULL,
    message TEXT NOT NULL,
    workflow_id BIGINT,
    run_id BIGINT,
    count BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, host)
)
