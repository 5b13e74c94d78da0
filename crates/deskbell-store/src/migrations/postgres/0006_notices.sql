-- What others may have to look for, where notices do not arrive: a generation of what is due and nobody's, and one of webhooks.
INSERT INTO changes (kind, generation) VALUES ('due', 0), ('webhooks', 0);
