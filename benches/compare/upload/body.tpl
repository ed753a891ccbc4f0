{"response": {"comment": {{ Comment|tojson }}, "score": {{ NPS }}, "created_at": {{ Submitted|tojson }}, "data_type": "nps", "data_source": "typeform",
 "user_meta": {"email": {"type": "text", "name": "Email", "value": {{ Email|tojson }}}, "chatterload_key": {"type": "text", "name": "Chatterload key", "value": {{ Response_ID|tojson }}}},
 "segments": {"country": {"type": "text", "name": "Country", "value": {{ Country|tojson }}}, "plan": {"type": "text", "name": "Plan", "value": {{ Plan|tojson }}}, "basket": {"type": "number", "name": "Basket", "value": {{ Basket }}}}}}
