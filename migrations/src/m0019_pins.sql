-- Of a pinned output of a step: what the step was set up like when it gave it. Absent everywhere else.
ALTER TABLE sample ADD COLUMN setup TEXT;
