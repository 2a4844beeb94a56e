const sideOf = ({ from }, { id }) => (from?.user.id === id ? 'mine' : 'theirs');
