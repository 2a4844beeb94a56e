// Makes exactly the same SDK calls as the 2019 tutorial's page.
const form = document.getElementById('textentry');
const textbox = document.getElementById('textbox');

async function takePart(apiPath) {
	const { jwt, conversation: { id } } = await (await fetch(apiPath)).json();
	const app = await new NexmoClient({ debug: false }).login(jwt);
	const conversation = await app.getConversation(id);
	conversation.on('text', (sender, message) => {
		const item = document.createElement('li');
		item.className = sender.user.name === 'agent' ? 'agent' : 'input';
		item.textContent = message.body.text;
		document.getElementById('messages').append(item);
	});
	form.addEventListener('submit', event => {
		event.preventDefault();
		conversation.sendText(textbox.value);
		textbox.value = '';
	});
	document.title = 'ready';
}

takePart(new URLSearchParams(location.search).get('api'));
