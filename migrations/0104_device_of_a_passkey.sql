-- In which browser a passkey was made, as two words of no language (`Chrome/Linux`): said in the reader's language until the citizen gives it a name.

ALTER TABLE factors ADD COLUMN device text;
