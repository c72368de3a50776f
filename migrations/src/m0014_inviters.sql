-- Whose invitations end with them; created_by is only for reading. Absent: made by the system, or by a token of the version before.
ALTER TABLE invite ADD COLUMN created_by_id BIGINT;
UPDATE invite SET created_by_id = (SELECT u.id FROM users u WHERE u.email = invite.created_by);
