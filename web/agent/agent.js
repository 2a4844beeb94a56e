// The agent's page. An agent who signs in sees their own chats and the queue, with the
// longest wait first.
import { ChatWidget } from '../chat-widget.js';
import { Chosen } from './chosen.js';
import { Desk } from './desk.js';
import { showEvents } from './events.js';
import { RowList } from './row-list.js';
import { inOrder } from './rows.js';
import { signIn, signOut } from './sign-in.js';

const MINUTE = 60_000;

const $ = selector => document.querySelector(selector);

customElements.define('chat-widget', ChatWidget);

const signed = await signIn($('#sign-in'));
const { agent, user, team } = signed;
const desk = new Desk(signed);
const chosen = new Chosen(desk, agent, team);
const list = id => new RowList($(`#${id} ul`), $('nav .rows'), choose);
const [own, queue, past] = ['own', 'queue', 'past'].map(list);

function choose(row) {
	chosen.choose(row);
	show();
}

/** Shows the lists, and the number of unread messages in the title. */
function show() {
	const rows = [...desk.rows.values()];
	const unread = rows.filter(row => !row.end && desk.isMine(row)).reduce((sum, each) => sum + each.unread.length, 0);
	document.title = unread ? `(${unread}) Support agent` : 'Support agent';
	const found = inOrder(rows, $('#search').value);
	const open = found.filter(row => !row.end);
	const ended = found.filter(row => row.end);
	const mine = open.filter(row => desk.isMine(row));
	const queued = open.filter(row => !desk.isMine(row));
	$('#queue').hidden = !queued.length;
	$('#past').hidden = !ended.length;
	$('#none').hidden = !!open.length;
	$('#none').textContent = none($('#search').value && rows.length, ended.length);
	$('#choose').hidden = !!chosen.row || !rows.length;
	own.show(mine, chosen.row);
	queue.show(queued, chosen.row);
	past.show(ended, chosen.row);
	return [own, queue, past].find((_, index) => [mine, queued, ended][index].length);
}

function none(searched, ended) {
	if (!searched) return 'Nobody is waiting.';
	return ended ? 'Only ended chats match.' : 'No chats match.';
}

const name = showEvents($('#events'), id => desk.rows.get(id)?.title ?? '', () => location.reload());
desk.events.addEventListener('rows', () => {
	chosen.render();
	show();
	name();
});
$('#desk').hidden = false;
$('#me').textContent = user.display_name || user.name;
$('#sign-out').onclick = signOut;
$('#search').oninput = show;
$('#search').addEventListener('keydown', event => {
	if (!['ArrowDown', 'Enter'].includes(event.key)) return;
	event.preventDefault();
	const found = show();
	$('#past').open ||= found === past;
	found?.focus(0);
});
$('#back').onclick = () => {
	const { id } = chosen.row;
	choose();
	document.getElementById(`row-${id}`)?.focus();
};
desk.begin();
setInterval(show, MINUTE / 2); // the waiting times change
