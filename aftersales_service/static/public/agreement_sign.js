/* Drawing a signature with finger, pen or mouse; without scripts one signs by name. */
(function () {
    "use strict";

    function start() {
        const form = document.querySelector("form.o_aftersales_sign");
        const pad = form && form.querySelector("canvas");
        if (!pad || !pad.getContext) {
            return;
        }
        const drawing = pad.getContext("2d");
        const area = form.querySelector(".o_aftersales_pad");
        const picture = form.querySelector("input[name=signature]");
        let last = null;
        let empty = true;

        function clear() {
            const scale = window.devicePixelRatio || 1;
            pad.width = Math.max(1, Math.round(pad.clientWidth * scale));
            pad.height = Math.max(1, Math.round(pad.clientHeight * scale));
            drawing.scale(scale, scale);
            drawing.lineWidth = 2.5;
            drawing.lineCap = drawing.lineJoin = "round";
            drawing.strokeStyle = "#10204a";
            empty = true;
        }

        function place(event) {
            const box = pad.getBoundingClientRect();
            return [event.clientX - box.left, event.clientY - box.top];
        }

        function show() {
            const drawn = form.querySelector("input[name=how]:checked").value === "drawn";
            area.classList.toggle("d-none", !drawn);
            if (drawn && empty) {
                clear();
            }
        }

        pad.addEventListener("pointerdown", (event) => {
            event.preventDefault();
            pad.setPointerCapture(event.pointerId);
            last = place(event);
        });
        pad.addEventListener("pointermove", (event) => {
            if (!last) {
                return;
            }
            const point = place(event);
            drawing.beginPath();
            drawing.moveTo(...last);
            drawing.lineTo(...point);
            drawing.stroke();
            last = point;
            empty = false;
        });
        for (const name of ["pointerup", "pointercancel"]) {
            pad.addEventListener(name, () => {
                last = null;
            });
        }
        form.querySelector(".o_aftersales_clear").addEventListener("click", clear);
        for (const choice of form.querySelectorAll("input[name=how]")) {
            choice.addEventListener("change", show);
        }
        form.querySelector(".o_aftersales_how").classList.remove("d-none");
        form.addEventListener("submit", () => {
            const drawn = form.querySelector("input[name=how]:checked").value === "drawn";
            picture.value = drawn && !empty ? pad.toDataURL("image/png") : "";
            form.querySelector("button[type=submit]").disabled = true;
        });
        window.addEventListener("pageshow", () => {
            form.querySelector("button[type=submit]").disabled = false;
        });
        show();
    }

    if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", start);
    } else {
        start();
    }
})();
