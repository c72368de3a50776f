-- 0: its tokens cannot be renewed and end at expires_at. Absent: nobody has said so.
ALTER TABLE connection ADD COLUMN renews BIGINT;
