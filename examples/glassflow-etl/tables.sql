-- An empty shop, and the role that captures its changes. Run as superuser in the database shop.
CREATE ROLE replicator LOGIN REPLICATION;
CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, born date, tags text[]);
CREATE TABLE orders (
    customer bigint NOT NULL,
    number integer NOT NULL,
    state state NOT NULL DEFAULT 'new',
    total numeric(12,2) NOT NULL,
    ordered_at timestamptz NOT NULL,
    details jsonb,
    PRIMARY KEY (customer, number)
);
