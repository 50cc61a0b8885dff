"""One Streamlit page per task a person has. Widgets in, calls out; no arithmetic here."""
