// Goes on by itself (OAuth 2.0 Form Post Response Mode); without script there is the button.
document.forms[0].submit();
