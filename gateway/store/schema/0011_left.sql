-- When the gateway last listened to a point that has left the site's files since; seconds since 1970, NULL while it is there.
ALTER TABLE memories ADD COLUMN left_at REAL;
