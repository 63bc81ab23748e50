-- A step out of a Mini App signs its browser in once, and only where the Mini App itself is; and it comes back once.
ALTER TABLE mini_app_steps ADD COLUMN may_sign_in boolean NOT NULL DEFAULT false;
ALTER TABLE mini_app_steps ADD COLUMN returned_at timestamptz;
