-- What is known of a connection's rate limits, where several processes make its calls. The form is theirs.
CREATE TABLE budget (
    connection_id BIGINT PRIMARY KEY,
    account BYTEA
)
