CREATE TABLE ledger (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
);

CREATE TABLE cases (
    id VARCHAR(40) NOT NULL,
    day VARCHAR(8) NOT NULL,
    number INTEGER NOT NULL,
    forge VARCHAR(255) NOT NULL,
    repository_id BIGINT NOT NULL,
    issue INTEGER NOT NULL,
    status VARCHAR(20) NOT NULL,
    attempt INTEGER NOT NULL,
    outcome VARCHAR(20),
    created DATETIME NOT NULL,
    updated DATETIME NOT NULL,
    version INTEGER NOT NULL,
    request JSON NOT NULL,
    file JSON NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (day, number)
);

CREATE INDEX cases_of_issue ON cases (forge, repository_id, issue);

CREATE INDEX ix_cases_status ON cases (status);

CREATE TABLE claims (
    forge VARCHAR(255) NOT NULL,
    repository_id BIGINT NOT NULL,
    issue INTEGER NOT NULL,
    task_id VARCHAR(40) NOT NULL,
    holder VARCHAR(255) NOT NULL,
    fence INTEGER NOT NULL,
    lease_until FLOAT NOT NULL,
    PRIMARY KEY (forge, repository_id, issue)
);

CREATE TABLE reservations (
    id VARCHAR(32) NOT NULL,
    task_id VARCHAR(40) NOT NULL,
    day VARCHAR(8) NOT NULL,
    reserved BIGINT NOT NULL,
    settled BIGINT,
    PRIMARY KEY (id)
);

CREATE INDEX ix_reservations_task_id ON reservations (task_id);

CREATE INDEX ix_reservations_day ON reservations (day);

CREATE TABLE refused_accounts (
    account VARCHAR(64) NOT NULL,
    reason VARCHAR(1000) NOT NULL,
    next_try FLOAT NOT NULL,
    PRIMARY KEY (account)
);

CREATE TABLE deliveries (
    number INTEGER NOT NULL,
    id VARCHAR(100) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    about VARCHAR(40) NOT NULL,
    received FLOAT NOT NULL,
    due FLOAT NOT NULL,
    tries INTEGER NOT NULL,
    verdict VARCHAR(1000),
    delivery JSON NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (id),
    UNIQUE (digest)
);

CREATE INDEX ix_deliveries_verdict ON deliveries (verdict);

CREATE INDEX ix_deliveries_received ON deliveries (received);

CREATE TABLE remarks (
    number INTEGER NOT NULL,
    task_id VARCHAR(40) NOT NULL,
    author VARCHAR(255) NOT NULL,
    text TEXT NOT NULL,
    source VARCHAR(100) NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (source)
);

CREATE INDEX ix_remarks_task_id ON remarks (task_id);

CREATE TABLE nodes (
    id VARCHAR(63) NOT NULL,
    card JSON NOT NULL,
    joined FLOAT NOT NULL,
    seen FLOAT NOT NULL,
    running INTEGER NOT NULL,
    draining INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE submissions (
    id VARCHAR(100) NOT NULL,
    body JSON NOT NULL,
    file JSON NOT NULL,
    updated FLOAT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_submissions_updated ON submissions (updated);

CREATE TABLE turns (
    "key" VARCHAR(100) NOT NULL,
    free FLOAT NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE runs (
    task_id VARCHAR(40) NOT NULL,
    attempt INTEGER NOT NULL,
    number INTEGER NOT NULL,
    cause VARCHAR(20) NOT NULL,
    pool VARCHAR(100) NOT NULL,
    queue VARCHAR(100) NOT NULL,
    run_id VARCHAR(40),
    created FLOAT NOT NULL,
    checked FLOAT NOT NULL,
    PRIMARY KEY (task_id, attempt, number)
);

CREATE INDEX ix_runs_checked ON runs (checked);

CREATE INDEX ix_runs_run_id ON runs (run_id);
