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
    created TIMESTAMP WITH TIME ZONE NOT NULL,
    updated TIMESTAMP WITH TIME ZONE NOT NULL,
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

CREATE INDEX ix_reservations_day ON reservations (day);

CREATE INDEX ix_reservations_task_id ON reservations (task_id);
