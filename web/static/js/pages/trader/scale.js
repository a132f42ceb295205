// The list of scale codes, printed by the browser.

const button = document.getElementById("print");
button.hidden = false;
button.onclick = () => window.print();
