const bubble = text => Object.assign(document.createElement('p'), { textContent: text });
