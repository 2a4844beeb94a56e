let chat;
let next = 0;

function append(text, sender) {
	const message = document.createElement('div');
	message.className = `message ${sender}`;
	message.innerHTML = '<p>' + text + '</p>';
	message.dataset.messageId = next++;
	const area = document.getElementById('message-area');
	area.append(message);
	area.scroll({ top: area.scrollHeight, behavior: 'smooth' });
}

function listen() {
	const box = document.getElementById('textbox');
	chat.on('text', (sender, message) => {
		console.log(sender, message);
		append(message.body.text, sender.user.name === 'agent' ? 'agent' : 'input');
	});
	document.getElementById('textentry').addEventListener('submit', event => {
		event.preventDefault();
		chat.sendText(box.value);
		box.value = '';
	});
}

function connect() {
	fetch('api/new')
		.then(answer => answer.json())
		.then(({ jwt, urls, conversation }) => new NexmoClient({ debug: false, ...urls })
			.login(jwt)
			.then(app => app.getConversation(conversation.id))
			.then(found => {
				chat = found;
				listen();
				document.title = 'ready';
			})
			.catch(console.error));
}

window.addEventListener('load', () => {
	const button = document.getElementById('showChat');
	const toggle = () => document.getElementById('chatWindow').classList.toggle('active');
	append('Hello! How can I help you today?', 'agent');
	button.addEventListener('click', toggle);
	console.log(button);
	document.getElementById('closeChat').addEventListener('click', toggle);
	connect();
});
