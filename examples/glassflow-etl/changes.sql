-- A day in the shop.
INSERT INTO customers (name, born, tags) VALUES ('Ada', '1815-12-10', '{first}'), ('Grace', '1906-12-09', NULL), ('Linus', '1969-12-28', '{}');
INSERT INTO orders VALUES (1, 1, 'new', 99.90, '2026-11-25 09:00:00.123456+00', '{"items": [7, 9]}'),
                          (1, 2, 'new', 1234567890.12, '2026-11-25 09:05:00+00', NULL),
                          (2, 1, 'new', 0.10, '2026-11-25 09:10:00+01', '{}');
UPDATE orders SET state = 'paid' WHERE customer = 1;
UPDATE orders SET number = 7 WHERE customer = 2;
UPDATE customers SET name = 'Grace Hopper', tags = '{admiral,"rear, half"}' WHERE id = 2;
DELETE FROM customers WHERE id = 3;
