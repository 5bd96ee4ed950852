CREATE TABLE IF NOT EXISTS aipp_rows (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    metric TEXT,
    value DOUBLE PRECISION,
    unit TEXT,
    at TIMESTAMPTZ,
    recorded TIMESTAMPTZ NOT NULL,
    baseline TEXT,
    content TEXT NOT NULL
);
