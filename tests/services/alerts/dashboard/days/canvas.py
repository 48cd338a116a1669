"""What a plot on a page looks like, by the colours of its pixels."""

COLOURED = """(() => {
    const canvas = document.querySelector('.plot canvas');
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const found = {};
    for (let i = 0; i < data.length; i += 4) {
        const key = [data[i], data[i + 1], data[i + 2], data[i + 3]].join();
        found[key] = (found[key] ?? 0) + 1;
    }
    return found;
})()"""
"""How many pixels the first plot has of each colour: red, green, blue, alpha."""
READBACK = "Canvas2D: Multiple readback"
"""What the browser advises a page that reads its canvas again and again, as these tests do."""
